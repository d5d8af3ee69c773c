export { ConnectOffer } from './connect-offer.js';
export { ExecuteTool } from './execute-tool.js';
export { CATALOGUE_PAGE, type CataloguePage, type CataloguePageRequest } from './catalogue-page.js';
export * from './tool-call.js';
export * from './tool-catalogue.js';
export * from './tool-lists.js';
export { ProxyCalls, type ProxyAnswer, type ProxyCall } from './proxy/proxy-calls.js';
export { ToolsModule } from './tools.module.js';
