import { create } from '@bufbuild/protobuf';
import { ListEventsPaginatedRequestSchema } from './generated/scalekit/v1/events/events_pb.js';
import { requestDto } from './request-dto.js';

describe('requestDto', () => {
  const since = (seconds: bigint, nanos = 0) =>
    create(ListEventsPaginatedRequestSchema, { filter: { startTime: { seconds, nanos } } });

  it('writes moments as REST has them', () => {
    expect(requestDto(ListEventsPaginatedRequestSchema, since(0n))).toEqual({
      filter: { start_time: '1970-01-01T00:00:00Z' },
    });
  });

  it.each([
    ['after the last year', since(9_999_999_999_999n)],
    ['that counts backwards', since(1n, -5)],
  ])('refuses a moment %s as a bad argument', (_, message) => {
    expect(() => requestDto(ListEventsPaginatedRequestSchema, message)).toThrow(
      expect.objectContaining({ code: 'invalid_arguments' }),
    );
  });
});
