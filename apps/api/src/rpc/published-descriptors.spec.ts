import type { DescEnum, DescField, DescFile, DescMessage, DescService } from '@bufbuild/protobuf';
import * as theirAccounts from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import * as theirConnections from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/connections/connections_pb.js';
import * as theirErrors from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/errdetails/errdetails_pb.js';
import * as theirEvents from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/events/events_pb.js';
import * as theirTools from '@scalekit-sdk/node/lib/pkg/grpc/scalekit/v1/tools/tools_pb.js';
import * as accounts from './generated/scalekit/v1/connected_accounts/connected_accounts_pb.js';
import * as connections from './generated/scalekit/v1/connections/connections_pb.js';
import * as errors from './generated/scalekit/v1/errdetails/errdetails_pb.js';
import * as events from './generated/scalekit/v1/events/events_pb.js';
import * as tools from './generated/scalekit/v1/tools/tools_pb.js';

/** What its AgentKit classes do not call: it is for administrators, for end users' sessions, or for other products. */
const NOT_SERVED: Readonly<Record<string, readonly string[]>> = {
  ToolService: ['CreateTool', 'UpdateTool', 'DeleteTool', 'SetToolDefault'],
  ConnectedAccountService: [
    'SearchConnectedAccounts',
    'GetConnectedAccountDetails',
    'GetConnectedAccount',
    'DisconnectConnectedAccount',
    'ListMyAppConnections',
    'DisconnectMyConnectedAccount',
    'GetMyConnectionMagicLink',
    'GetRedirectUrl',
  ],
  ConnectionService: [
    'CreateEnvironmentConnection',
    'CreateConnection',
    'AssignDomainsToConnection',
    'GetEnvironmentConnection',
    'GetConnection',
    'ListConnections',
    'ListOrganizationConnections',
    'SearchOrganizationConnections',
    'UpdateEnvironmentConnection',
    'UpdateConnection',
    'DeleteEnvironmentConnection',
    'DeleteConnection',
    'EnableEnvironmentConnection',
    'EnableConnection',
    'DisableEnvironmentConnection',
    'DisableConnection',
    'GetConnectionTestResult',
    'GetConnectionContext',
    'UpdateConnectionContext',
  ],
  EventsService: ['ListEvents', 'SendCustomEvent'],
};

const FILES: readonly [string, DescFile, DescFile][] = [
  ['tools', tools.file_scalekit_v1_tools_tools, fileOf(theirTools.ToolService)],
  [
    'connected accounts',
    accounts.file_scalekit_v1_connected_accounts_connected_accounts,
    fileOf(theirAccounts.ConnectedAccountService),
  ],
  ['connections', connections.file_scalekit_v1_connections_connections, fileOf(theirConnections.ConnectionService)],
  ['events', events.file_scalekit_v1_events_events, fileOf(theirEvents.EventsService)],
  ['error details', errors.file_scalekit_v1_errdetails_errdetails, fileOf(theirErrors.ErrorInfoSchema)],
];

function fileOf(description: unknown): DescFile {
  return (description as { file: DescFile }).file;
}

const messagesOf = ({ messages }: { messages: readonly DescMessage[] } | DescFile): DescMessage[] =>
  messages.flatMap((message) => [message, ...messagesOf({ messages: message.nestedMessages })]);
const enumsOf = (file: DescFile): DescEnum[] => [
  ...file.enums,
  ...messagesOf(file).flatMap(({ nestedEnums }) => nestedEnums),
];

/** Everything of a field that is on the wire or in JSON. */
const shapeOf = ({ proto, name, number, oneof }: DescField) => ({
  name,
  number,
  type: proto.type,
  typeName: proto.typeName,
  label: proto.label,
  optional: proto.proto3Optional,
  json: proto.jsonName,
  oneof: oneof?.name,
});

const fieldsOf = (message: DescMessage | undefined) =>
  message?.fields.map(shapeOf).toSorted((a, b) => a.number - b.number);
const valuesOf = (each: DescEnum | undefined) => each?.values.map(({ name, number }) => [name, number]);
const methodsOf = (service: DescService | undefined) =>
  (service?.methods ?? []).map(({ name, input, output, methodKind }) => ({
    name,
    input: input.typeName,
    output: output.typeName,
    methodKind,
  }));

describe.each(FILES)('our descriptions of %s', (_, ours, theirs) => {
  it.each(messagesOf(ours).map((message) => [message.typeName, message] as const))(
    'have every field of %s as the published client has it',
    (name, message) => {
      expect(fieldsOf(message)).toEqual(fieldsOf(messagesOf(theirs).find(({ typeName }) => typeName === name)));
    },
  );

  it('have the values of its enumerations', () => {
    for (const each of enumsOf(ours))
      expect([each.typeName, valuesOf(each)]).toEqual([
        each.typeName,
        valuesOf(enumsOf(theirs).find(({ typeName }) => typeName === each.typeName)),
      ]);
  });

  it('have its methods, but for those that are known to be missing', () => {
    for (const service of ours.services) {
      const published = methodsOf(theirs.services.find(({ typeName }) => typeName === service.typeName));
      const served = new Set(service.methods.map(({ name }) => name));
      expect(methodsOf(service)).toEqual(published.filter(({ name }) => served.has(name)));
      const missing = published.map(({ name }) => name).filter((name) => !served.has(name));
      expect(missing.toSorted()).toEqual([...(NOT_SERVED[service.name] ?? [])].toSorted());
    }
  });
});
