import type { AppName } from '../apps.js';

/** `stack.json` in the home: what scripts and fault drills read about a running stack. */
export interface StackFile {
  origin: string;
  startedAt: string;
  profile: string;
  apps: Record<AppName, { pid: number; url: string; adminUrl: string; log: string }[]>;
  postgres: { pid: number; url: string; dataDir: string };
  redis: { pid: number; url: string };
  kafka: { brokers: string[]; pids: number[]; username: string; password: string };
  mail: { smtp: string; inbox: string; url: string; pid: number };
  providers: Record<string, { pid: number; url: string }>;
  signIn: { issuer: string };
  front: { pid: number };
  partnerKey: string;
  activation: string;
}
