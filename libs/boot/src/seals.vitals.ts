import { Vital, type Reading, type Vitals } from '@app/operator';
import { Keyring } from '@app/privacy';

/** Whatever does not open was moved, rolled back or altered by somebody who reached the database (S22). */
@Vital()
export class SealVitals implements Vitals {
  constructor(private readonly keyring: Keyring) {}

  vitals(): Promise<readonly Reading[]> {
    const { broken } = this.keyring;
    return Promise.resolve(
      broken === 0 ? [] : [{ code: 'seals-broken', value: broken, level: 'red', runbook: 'seals-broken' }],
    );
  }
}
