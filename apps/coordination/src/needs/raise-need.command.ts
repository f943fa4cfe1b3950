import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Staff } from '@app/access';
import { Clock } from '@app/calendar';
import { isForces, parsePostcode, PostcodeTable } from '@app/geography';
import { Idempotency, unprocessable, type InvalidParam } from '@app/http';
import { uuidv7, type Tx } from '@app/messaging';
import { Keyring } from '@app/privacy';
import { AuditRepository } from '../members/audit.repository.js';
import { inForum } from '../forum-scope.repository.js';
import type { Given } from '../members/given.js';
import { CatchmentRepository } from '../places/catchment.repository.js';
import { PlanRepository } from '../plans/plan.repository.js';
import { promise } from './need.decider.js';
import { detailsOf, type NeedDetails } from './need-details.js';
import type { NeedForm } from './need-form.js';
import { NeedRepository, type NewNeed } from './need.repository.js';

export interface NeedMade {
  readonly id: string;
  readonly activation: string;
  readonly role: string;
  readonly state: 'drafted';
  readonly places: number;
  readonly promise: { readonly dueAt: string };
  /** A need that looks alike was raised before: perhaps it is the same. */
  readonly warnings: readonly { readonly code: 'looks-alike'; readonly needId: string; readonly href: string }[];
}

export class RaiseNeed extends Command<Given<NeedMade>> {
  constructor(
    readonly by: Staff,
    readonly key: string,
    readonly form: NeedForm,
  ) {
    super();
  }
}

interface Place {
  readonly postcode: string | null;
  readonly outwardCode: string | null;
  readonly district: string | null;
}

const wrong = (pointer: string, code: string): InvalidParam => ({ pointer, code, message: '' });

@CommandHandler(RaiseNeed)
export class RaiseNeedHandler implements ICommandHandler<RaiseNeed> {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly needs: NeedRepository,
    private readonly plans: PlanRepository,
    private readonly catchments: CatchmentRepository,
    private readonly postcodes: PostcodeTable,
    private readonly keyring: Keyring,
    private readonly audit: AuditRepository,
    private readonly clock: Clock,
  ) {}

  execute({ by, key, form }: RaiseNeed): Promise<Given<NeedMade>> {
    return this.idempotency.once({ caller: by.memberId, route: 'POST /v1/needs', key, body: form }, async (tx) => {
      await inForum(tx, by.forumId);
      const at = this.clock.now();
      const faults: InvalidParam[] = [];
      const activationId = await this.activationFor(tx, by.forumId, form, faults);
      const place = await this.placeOf(tx, by.forumId, form, faults);
      if (new Date(form.endsAt) <= at) faults.push(wrong('/endsAt', 'in-the-past'));
      if (!activationId || !place || faults.length > 0) throw unprocessable(faults);

      const id = uuidv7();
      const slot = detailsOf(by.forumId, id);
      const keys = this.keyring.forge([slot.subject]);
      const details: NeedDetails = { title: form.title, postcode: place.postcode, notes: form.notes };
      const need: NewNeed = {
        id,
        forumId: by.forumId,
        activationId,
        organisationId: by.organisationId,
        roleCode: form.role,
        sealed: this.keyring.seal(keys, slot, details),
        outwardCode: place.outwardCode,
        district: place.district,
        places: form.places,
        startsAt: new Date(form.startsAt),
        endsAt: new Date(form.endsAt),
        skills: form.skills,
        remote: form.remote,
        raisedBy: by.memberId,
        raisedAt: at,
        promise: promise('drafted', at)!,
      };
      await this.keyring.store(tx, keys);
      await this.needs.insert(tx, need);
      const { forumId, memberId } = by;
      await this.audit.did(tx, {
        forumId,
        memberId,
        at,
        act: 'need-raised',
        subject: 'need',
        subjectId: id,
        version: 1,
      });
      const alike = await this.needs.alike(tx, need);
      return {
        status: 201,
        headers: { location: `/v1/needs/${id}` },
        body: {
          id,
          activation: activationId,
          role: form.role,
          state: 'drafted',
          places: form.places,
          promise: { dueAt: need.promise.dueAt.toISOString() },
          warnings: alike ? [{ code: 'looks-alike', needId: alike, href: `/v1/needs/${alike}` }] : [],
        },
      };
    });
  }

  private async activationFor(tx: Tx, forumId: string, form: NeedForm, faults: InvalidParam[]): Promise<string | null> {
    const activation = await this.needs.activation(tx, forumId, form.activation);
    if (!activation) {
      faults.push(wrong('/activation', 'unknown-activation'));
      return null;
    }
    if (['standing-down', 'recovery', 'closed'].includes(activation.state)) {
      faults.push(wrong('/activation', 'activation-standing-down'));
    }
    const plan = await this.plans.ofVersion(tx, forumId, activation.planId, activation.planVersion);
    const role = plan.roles.find((one) => one.code === form.role);
    if (!role) faults.push(wrong('/role', 'role-not-in-plan'));
    else if (form.remote && !role.remote) faults.push(wrong('/remote', 'role-not-remote'));
    return activation.id;
  }

  /** Null when the postcode is no place of ours, with the reason among the faults. */
  private async placeOf(tx: Tx, forumId: string, form: NeedForm, faults: InvalidParam[]): Promise<Place | null> {
    if (!form.postcode) return { postcode: null, outwardCode: null, district: null };
    const read = parsePostcode(form.postcode);
    if (read.is === 'malformed') {
      faults.push(wrong('/postcode', 'postcode-malformed'));
      return null;
    }
    const known = (await this.postcodes.find(tx, [read.outwardCode])).get(read.outwardCode);
    if (!known || isForces(read.outwardCode)) {
      faults.push(wrong('/postcode', 'postcode-unknown'));
      return null;
    }
    const district = (await this.catchments.districtOf(tx, forumId, read.outwardCode)) ?? known.district;
    return { postcode: read.postcode, outwardCode: read.outwardCode, district };
  }
}
