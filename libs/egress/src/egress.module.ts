import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { EgressClient } from './egress-client.js';
import type { EgressPolicy } from './host-policy.js';

/** Provides the {@link EgressClient} of the process and closes it when the application has stopped. */
@Global()
@Module({})
export class EgressModule implements OnApplicationShutdown {
  constructor(@Inject(EgressClient) private readonly client: EgressClient) {}

  static forRoot(policy: EgressPolicy): DynamicModule {
    const provider = { provide: EgressClient, useFactory: () => new EgressClient(policy) };
    return { module: EgressModule, providers: [provider], exports: [EgressClient] };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.client.close();
  }
}
