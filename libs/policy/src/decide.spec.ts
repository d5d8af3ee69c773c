import fc from 'fast-check';
import { decide, type DecisionInput } from './decide.js';

const open: DecisionInput = {
  permissions: new Set(['tools:execute']),
  tool: { name: 'reply', scopes: ['write'] },
  toolsets: [],
  grantedScopes: new Set(['write']),
  access: { allowed: true },
};

describe('decide', () => {
  it('allows what every rule allows', () => {
    expect(decide(open)).toEqual({ effect: 'allow' });
  });

  it.each([
    ['client.permission', { permissions: new Set<never>() }, 'permission_denied'],
    ['toolset.client', { toolsets: [{ of: 'client' as const, tools: new Set(['list']) }] }, 'policy_denied'],
    ['toolset.call', { toolsets: [{ of: 'call' as const, tools: new Set<string>() }] }, 'policy_denied'],
    ['account.scopes', { grantedScopes: new Set<string>() }, 'missing_scope'],
    ['access.seat', { access: { allowed: false as const, rule: 'seat', reason: 'no seat' } }, 'policy_denied'],
  ])('denies by %s and says why', (rule, change, code) => {
    expect(decide({ ...open, ...change })).toMatchObject({
      effect: 'deny',
      rule,
      code,
      reason: expect.stringMatching(/\w/),
    });
  });

  it('concludes nothing from scopes that the provider does not tell', () => {
    expect(decide({ ...open, grantedScopes: null })).toEqual({ effect: 'allow' });
  });

  it('is an intersection: another allow-list never widens what is allowed', () => {
    const names = fc.constantFrom('reply', 'list', 'get');
    const toolset = fc.record({
      of: fc.constantFrom('client' as const, 'call' as const),
      tools: fc.array(names).map((n) => new Set(n)),
    });
    fc.assert(
      fc.property(fc.array(toolset), toolset, (toolsets, extra) => {
        const before = decide({ ...open, toolsets }).effect;
        const after = decide({ ...open, toolsets: [...toolsets, extra] }).effect;
        expect(before === 'deny' && after === 'allow').toBe(false);
      }),
    );
  });
});
