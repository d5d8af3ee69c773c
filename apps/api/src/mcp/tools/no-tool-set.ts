import { AppError } from '#app/kernel';

export const noToolSet = (name: string, known: readonly string[]): AppError =>
  new AppError(
    'not_found',
    `There is no tool set ${JSON.stringify(name.slice(0, 100))} behind this URL. There are: ${known.join(', ')}.`,
  );
