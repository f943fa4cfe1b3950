import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface CertificateClaim {
  readonly activationId: string;
  readonly certificate: Buffer;
  readonly applicationId: string;
}

@Injectable()
export class CertificateRepository {
  /** The first to show a certificate holds it. Returns for each claim whose it is. */
  async claim(tx: Transaction, claims: readonly CertificateClaim[], now: Date): Promise<Map<string, string>> {
    if (claims.length === 0) return new Map();
    const db = sql(tx);
    const sorted = [...claims].sort((a, b) => Buffer.compare(a.certificate, b.certificate));
    await db.insert(
      'certificate_claim',
      { activation_id: 'uuid', certificate: 'bytea', application_id: 'uuid', claimed_at: 'timestamptz' },
      sorted.map((claim) => ({
        activation_id: claim.activationId,
        certificate: claim.certificate,
        application_id: claim.applicationId,
        claimed_at: now,
      })),
      'on conflict (activation_id, certificate) do nothing',
    );
    const rows = await db.query<{ activation_id: string; certificate: Buffer; application_id: string }>(
      'select activation_id, certificate, application_id from certificate_claim where certificate = any($1::bytea[])',
      [sorted.map(({ certificate }) => certificate)],
    );
    const holder = new Map(rows.map((row) => [keyOf(row.activation_id, row.certificate), row.application_id]));
    return new Map(
      claims.map((claim) => [claim.applicationId, holder.get(keyOf(claim.activationId, claim.certificate))!]),
    );
  }
}

const keyOf = (activationId: string, certificate: Buffer): string => `${activationId}|${certificate.toString('hex')}`;
