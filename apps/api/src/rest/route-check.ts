import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { PUBLIC_ROUTE, ROUTE_RULE } from './route.decorator.js';

const METHOD_METADATA = 'method';

/** Keeps the server from starting while a route says neither what it asks of its caller nor why it asks nothing. */
@Injectable()
export class RouteCheck implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    const open = this.discovery
      .getControllers()
      .flatMap(({ metatype }) => (metatype ? this.undeclaredHandlers(metatype as new () => object) : []));
    if (open.length > 0) throw new Error(`Routes without @Route() or @Public(): ${open.join(', ')}`);
  }

  private undeclaredHandlers(controller: new (...args: never[]) => object): string[] {
    const prototype = controller.prototype as Record<string, () => unknown>;
    return this.scanner
      .getAllMethodNames(prototype)
      .filter((name) => {
        const handler = prototype[name] as () => unknown;
        if (this.reflector.get<unknown>(METHOD_METADATA, handler) === undefined) return false;
        return (
          this.reflector.get(ROUTE_RULE, handler) === undefined &&
          this.reflector.get(PUBLIC_ROUTE, handler) === undefined
        );
      })
      .map((name) => `${controller.name}.${name}`);
  }
}
