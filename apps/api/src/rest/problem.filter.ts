import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { ProblemAnswers } from './problem-answers.js';
import type { GatehouseRequest, Reply } from './request.js';

/** Answers with a problem document whatever a handler, guard or pipe throws. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly problems: ProblemAnswers) {}

  catch(cause: unknown, host: ArgumentsHost): void {
    this.problems.send(
      cause,
      host.switchToHttp().getRequest<GatehouseRequest>(),
      host.switchToHttp().getResponse<Reply>(),
    );
  }
}
