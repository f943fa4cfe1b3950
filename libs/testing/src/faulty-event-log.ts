import type { Acknowledged, Envelope, EventLog } from '@app/messaging';

export type SendFault =
  /** Nothing arrives. */
  | 'refused'
  /** It arrives, and its acknowledgement does not. */
  | 'acknowledgement-lost';

/** Wraps an EventLog; faults are taken one per send, in the order they were planned. */
export const faultyEventLog = (log: EventLog): { eventLog: EventLog; plan(...faults: SendFault[]): void } => {
  const planned: SendFault[] = [];
  const send = async (envelopes: readonly Envelope[]): Promise<Acknowledged[]> => {
    const fault = planned.shift();
    if (fault === 'refused') throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    const acknowledged = await log.send(envelopes);
    if (fault === 'acknowledgement-lost') throw Object.assign(new Error('lost'), { code: 'ECONNRESET' });
    return acknowledged;
  };
  const eventLog = new Proxy(log, {
    get: (target, name) => {
      if (name === 'send') return send;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  return { eventLog, plan: (...faults) => void planned.push(...faults) };
};
