import { Injectable } from '@nestjs/common';
import { Clock } from '@app/calendar';
import { Database } from '@app/database';
import { PostcodeTable } from '@app/geography';
import { BlindIndex } from '@app/privacy';
import type { KnownPlace } from '../submit/owner.decider.js';
import type { Activation } from './activation.js';
import { ActivationRepository } from './activation.repository.js';

/** A lever or a new activation is seen after so many ms at the latest. */
const FRESH_FOR = 1_000;

/** The activations at the door, kept in the process for a second: thousands ask for the same one. */
@Injectable()
export class ActivationQuery {
  private readonly kept = new Map<string, { readAt: number; activation: Promise<Activation | null> }>();
  private readonly places = new Map<string, KnownPlace>();

  constructor(
    private readonly database: Database,
    private readonly activations: ActivationRepository,
    private readonly postcodes: PostcodeTable,
    private readonly blindIndex: BlindIndex,
    private readonly clock: Clock,
  ) {}

  bySlug(slug: string): Promise<Activation | null> {
    const now = performance.now();
    const known = this.kept.get(slug);
    if (known && now - known.readAt < FRESH_FOR) return known.activation;
    if (this.kept.size > 1_000) this.kept.clear();
    const activation = this.read(slug);
    this.kept.set(slug, { readAt: now, activation });
    activation.catch(() => this.kept.delete(slug));
    return activation;
  }

  running(): ReturnType<ActivationRepository['running']> {
    return this.database.read((tx) => this.activations.running(tx));
  }

  modes(): ReturnType<ActivationRepository['modes']> {
    return this.database.read((tx) => this.activations.modes(tx, this.clock.now()));
  }

  /** Where an outward code lies; places do not move, so they are kept for good. */
  async place(outwardCode: string): Promise<KnownPlace | null> {
    const known = this.places.get(outwardCode);
    if (known) return known;
    const found = await this.database.read((tx) => this.postcodes.find(tx, [outwardCode]));
    const place = found.get(outwardCode) ?? null;
    if (place) this.places.set(outwardCode, place);
    return place;
  }

  private async read(slug: string): Promise<Activation | null> {
    const activation = await this.database.read((tx) => this.activations.bySlug(tx, slug));
    if (activation && !this.blindIndex.knows(activation.id)) {
      await this.database.transaction((tx) => this.blindIndex.ensure(tx, activation.id));
    }
    return activation;
  }
}
