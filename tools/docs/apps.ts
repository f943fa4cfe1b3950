import type { Type } from '@nestjs/common';
import { MODULE_METADATA } from '@nestjs/common/constants.js';
import { CoordinationModule } from '../../apps/coordination/src/coordination.module.js';
import { IntakeModule } from '../../apps/intake/src/intake.module.js';
import { MatchingModule } from '../../apps/matching/src/matching.module.js';
import { NotificationModule } from '../../apps/notification/src/notification.module.js';
import { OperationsModule } from '../../apps/operations/src/operations.module.js';
import { VettingModule } from '../../apps/vetting/src/vetting.module.js';

export const APPS: readonly (readonly [name: string, module: Type])[] = [
  ['coordination', CoordinationModule],
  ['intake', IntakeModule],
  ['vetting', VettingModule],
  ['matching', MatchingModule],
  ['notification', NotificationModule],
  ['operations', OperationsModule],
];

const listed = (module: object, key: string): unknown[] => {
  const of = (name: string): unknown[] => (Reflect.getMetadata(name, module) as unknown[] | undefined) ?? [];
  return [
    ...of(key),
    ...of(MODULE_METADATA.IMPORTS).flatMap((one) => (typeof one === 'function' ? listed(one, key) : [])),
  ];
};

export const controllersOf = (module: Type): Type[] => listed(module, MODULE_METADATA.CONTROLLERS) as Type[];

/** What the decorators of an app's providers say can be asked of their prototypes: nothing is started. */
export const prototypesOf = (module: Type): object[] =>
  listed(module, MODULE_METADATA.PROVIDERS).flatMap((one) =>
    typeof one === 'function' ? [one.prototype as object] : [],
  );
