import type { Adapter, AdapterPayload } from 'oidc-provider';

interface Held {
  payload: AdapterPayload;
  until: number;
}

const MAX = 20_000;

/** What the provider has under way; gone with the process, so people sign in again after a restart. */
export class Memory {
  private readonly held = new Map<string, Held>();

  adapter(model: string): Adapter {
    const key = (id: string): string => `${model}:${id}`;
    const firstWhere = (matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined => {
      for (const [name, it] of this.held)
        if (name.startsWith(`${model}:`) && it.until > Date.now() && matches(it.payload)) return it.payload;
      return undefined;
    };
    return {
      upsert: (id, payload, expiresIn) => {
        this.held.delete(key(id));
        this.held.set(key(id), { payload, until: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
        this.trim();
        return Promise.resolve();
      },
      find: (id) => {
        const it = this.held.get(key(id));
        return Promise.resolve(it && it.until > Date.now() ? it.payload : undefined);
      },
      findByUid: (uid) => Promise.resolve(firstWhere((payload) => payload.uid === uid)),
      findByUserCode: (userCode) => Promise.resolve(firstWhere((payload) => payload.userCode === userCode)),
      consume: (id) => {
        const it = this.held.get(key(id));
        if (it) it.payload = { ...it.payload, consumed: Math.floor(Date.now() / 1000) };
        return Promise.resolve();
      },
      destroy: (id) => {
        this.held.delete(key(id));
        return Promise.resolve();
      },
      revokeByGrantId: (grantId) => {
        for (const [name, it] of this.held)
          if (name.startsWith(`${model}:`) && it.payload.grantId === grantId) this.held.delete(name);
        return Promise.resolve();
      },
    };
  }

  private trim(): void {
    if (this.held.size <= MAX) return;
    const now = Date.now();
    for (const [name, it] of this.held) if (it.until <= now) this.held.delete(name);
    for (const name of this.held.keys()) {
      if (this.held.size <= MAX) return;
      this.held.delete(name);
    }
  }
}
