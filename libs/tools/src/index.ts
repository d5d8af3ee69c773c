import { ToolsetEntity } from './toolsets/toolset.entity.js';

export { ConnectOffer } from './connect-offer.js';
export { ExecuteTool } from './execute-tool.js';
export { CATALOGUE_PAGE, type CataloguePage, type CataloguePageRequest } from './catalogue-page.js';
export * from './tool-call.js';
export * from './tool-catalogue.js';
export * from './tool-lists.js';
export { ProxyCalls, type ProxyAnswer, type ProxyCall } from './proxy/proxy-calls.js';
export { MOST_PARTS } from './toolsets/toolset-choice.js';
export { ToolsetDirectory, type KnownToolset } from './toolsets/toolset-directory.js';
export type { AcceptedTool, NewToolset, Toolset, ToolsetChanges, ToolsetPart, WantedPart } from './toolsets/toolset.js';
export { stateOf, type ToolsetTool, type ToolState } from './toolsets/toolset-tools.js';
export { ToolsetsService } from './toolsets/toolsets.service.js';
export { ToolsModule } from './tools.module.js';

/** The entities of this library, for the composition root's schema. */
export const TOOLS_ENTITIES = [ToolsetEntity];
