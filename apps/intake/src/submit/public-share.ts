import { Injectable } from '@nestjs/common';
import { FairShare } from '@app/http';

/** One address may be a village hall full of people; it may not be a flood. */
const SHARE = { burst: 150, perMinute: 120 };

/** What the public may send from one address, counted before anything else is looked at (S18). */
@Injectable()
export class PublicShare {
  private readonly share = new FairShare(SHARE);

  take(address: string): Record<string, string> {
    return this.share.take(address, performance.now());
  }
}
