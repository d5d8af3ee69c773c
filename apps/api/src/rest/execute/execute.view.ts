import { OpenObject, Text } from '../common/view.js';

export class ExecuteToolResponse {
  @OpenObject("The tool's result") data!: object;
  @Text() execution_id!: string;
}
