import type { MasterKeyConfig } from '#app/config';
import { MasterKeyError } from '../vault.errors.js';
import type { KeyProvider } from './key-provider.js';
import { loadKeyService } from './key-services.js';
import { LocalKeyProvider } from './local-key-provider.js';
import { createMasterKeyFile, readMasterKeyFile } from './master-key-file.js';

/** 32 bytes in base64, exactly: a key that is quietly cut or padded would seal what no other process can open. */
const KEY_SHAPE = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

type LocalKeyConfig = Extract<MasterKeyConfig, { from: 'environment' | 'file' }>;

/** The configured master key: where it comes from, and the provider that works with it. */
export class MasterKey {
  private loaded: KeyProvider | null = null;

  constructor(private readonly config: MasterKeyConfig) {}

  /** For messages: where the operator finds or sets the key. */
  get place(): string {
    return this.config.from === 'file' ? `the file ${this.config.path}` : 'GATEHOUSE_MASTER_KEY';
  }

  /** The provider; null when the key file does not exist. Throws {@link MasterKeyError} for a key that can't be used. */
  async find(): Promise<KeyProvider | null> {
    this.loaded ??= await this.load();
    return this.loaded;
  }

  /** The provider. Throws {@link MasterKeyError} when there is none: a missing key is never replaced behind one's back. */
  async get(): Promise<KeyProvider> {
    const provider = await this.find();
    if (provider !== null) return provider;
    throw new MasterKeyError(`There is no master key: ${this.place} does not exist.`);
  }

  /** As {@link get}, but makes a missing key file. Only for a database in which nothing is sealed yet. */
  async getOrCreate(): Promise<KeyProvider> {
    if ((await this.find()) === null && this.config.from === 'file') await createMasterKeyFile(this.config.path);
    return this.get();
  }

  private async load(): Promise<KeyProvider | null> {
    const { config } = this;
    return config.from === 'environment' || config.from === 'file' ? this.loadLocal(config) : loadKeyService(config);
  }

  private async loadLocal(config: LocalKeyConfig): Promise<KeyProvider | null> {
    const text = config.from === 'file' ? await readMasterKeyFile(config.path) : config.key.reveal();
    if (text === null) return null;
    if (!KEY_SHAPE.test(text))
      throw new MasterKeyError(
        `The master key in ${this.place} is malformed: it must be 32 bytes in base64, as \`openssl rand -base64 32\` prints them ` +
          '(44 characters). If data was sealed with a key before, restore that key; a new one opens nothing.',
      );
    return new LocalKeyProvider(Buffer.from(text, 'base64'));
  }
}
