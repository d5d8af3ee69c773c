import { InitialSchema20261123090000 } from './20261123090000-initial-schema.js';
import { VaultKeys20261125100000 } from './20261125100000-vault-keys.js';
import { Refresh20261125101000 } from './20261125101000-refresh.js';
import { Revocation20261125102000 } from './20261125102000-revocation.js';
import { Hardening20261125103000 } from './20261125103000-hardening.js';
import { Tenancy20261125104000 } from './20261125104000-tenancy.js';
import { LoadingKeys20261125142000 } from './20261125142000-loading-keys.js';
import { AgentSignIn20261125151000 } from './20261125151000-agent-sign-in.js';
import { AgentIssuers20261125151100 } from './20261125151100-agent-issuers.js';
import { Toolsets20261126150000 } from './20261126150000-toolsets.js';
import { SignInFirst20261126160000 } from './20261126160000-sign-in-first.js';
import { WhatAgentsWereLetInto20261126170000 } from './20261126170000-what-agents-were-let-into.js';

/** Every migration, oldest first. Forward only; each must be safe beside the code of the release before it. */
export const MIGRATIONS = [
  InitialSchema20261123090000,
  VaultKeys20261125100000,
  Refresh20261125101000,
  Revocation20261125102000,
  Hardening20261125103000,
  Tenancy20261125104000,
  LoadingKeys20261125142000,
  AgentSignIn20261125151000,
  AgentIssuers20261125151100,
  Toolsets20261126150000,
  SignInFirst20261126160000,
  WhatAgentsWereLetInto20261126170000,
];
