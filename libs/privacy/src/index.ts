export { PrivacyConfig } from './privacy.config.js';
export { COMPARTMENTS, type Compartment, DataKeys, type Slotted, type Subject } from './data-keys.js';
export { readRootKeys, mintRootKey, RootKeys } from './root-keys.js';
export { SealBroken } from './seal.js';
export { Keyring } from './keyring.repository.js';
export { BlindIndex, type BlindPurpose } from './blind-index.repository.js';
/** Migrations of the schema `keyring`; the apps' roles must exist before they run. */
export const keyringMigrations = new URL('../migrations/', import.meta.url);
