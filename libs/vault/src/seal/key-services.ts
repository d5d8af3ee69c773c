import type { AwsKmsConfig, GcpKmsConfig, VaultTransitConfig } from '#app/config';
import { Secret } from '#app/kernel';
import type { KeyProvider } from './key-provider.js';
import type { AccessToken } from './services/gcp-kms-service.js';
import { ServiceKeyProvider } from './services/service-key-provider.js';

export type KeyServiceConfig = AwsKmsConfig | GcpKmsConfig | VaultTransitConfig;

/** The provider for a key service. What it needs is loaded only when it is configured. */
export async function loadKeyService(config: KeyServiceConfig): Promise<KeyProvider> {
  switch (config.from) {
    case 'aws-kms': {
      const { AwsKmsService } = await import('./services/aws-kms-service.js');
      return new ServiceKeyProvider(new AwsKmsService(config));
    }
    case 'gcp-kms': {
      const { GcpKmsService } = await import('./services/gcp-kms-service.js');
      return new ServiceKeyProvider(new GcpKmsService(config, await applicationDefault()));
    }
    case 'vault-transit': {
      const { TransitService } = await import('./services/transit-service.js');
      return new ServiceKeyProvider(new TransitService(config));
    }
  }
}

/** As every Google client finds its credentials: a key file, the user's own, the machine's, or a federated identity. */
async function applicationDefault(): Promise<AccessToken> {
  const { GoogleAuth } = await import('google-auth-library');
  const { GCP_KMS_SCOPE } = await import('./services/gcp-kms-service.js');
  const auth = new GoogleAuth({ scopes: [GCP_KMS_SCOPE] });
  return async () => {
    const token = await auth.getAccessToken();
    if (!token) throw new Error('Google gave no access token');
    return new Secret(token);
  };
}
