import type { Connector, ToolDefinition } from './connector.js';
import { ManifestPlace } from './manifest/manifest-error.js';

/** All connectors of this installation. */
export class ConnectorRegistry {
  private readonly connectors = new Map<string, Connector>();
  private readonly tools = new Map<string, { connector: Connector; tool: ToolDefinition }>();

  /** @throws ManifestError when two connectors share an id, or two tools a name */
  constructor(connectors: readonly Connector[]) {
    for (const connector of connectors) this.add(connector);
  }

  get(id: string): Connector | null {
    return this.connectors.get(id) ?? null;
  }

  all(): Connector[] {
    return [...this.connectors.values()];
  }

  /** By its name, or by another one that it goes by. */
  findTool(name: string): { connector: Connector; tool: ToolDefinition } | null {
    return this.tools.get(name) ?? null;
  }

  private add(connector: Connector): void {
    const place = new ManifestPlace(`connector ${connector.id}`);
    if (this.connectors.has(connector.id)) {
      throw place.at('id').error('Another connector has this id.', 'Give one of them another id, or remove it.');
    }
    this.connectors.set(connector.id, connector);
    for (const tool of connector.tools.values())
      for (const name of [tool.name, ...tool.aliases]) {
        if (this.tools.has(name))
          throw place.at('tools', tool.name).error(`Another tool goes by the name ${name}.`, 'Rename one of them.');
        this.tools.set(name, { connector, tool });
      }
  }
}
