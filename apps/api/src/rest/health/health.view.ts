import { OneOf } from '../common/view.js';

export class HealthView {
  @OneOf(['ok']) status!: string;
}
