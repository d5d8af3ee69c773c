export { ExecuteTool } from './execute-tool.js';
export * from './tool-call.js';
export * from './tool-catalogue.js';
export { ToolsModule } from './tools.module.js';
