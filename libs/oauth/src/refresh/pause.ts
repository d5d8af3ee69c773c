/** Waits about so long: half of it is random, so that those who wait together do not come back together. */
export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds * (0.5 + Math.random() / 2));
  });
