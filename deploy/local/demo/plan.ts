import { ORGANISATIONS, organisationOf } from './organisations.js';

export const ACTIVATION_SLUG = 'greater-manchester-floods';
export const EXERCISE_SLUG = 'exercise-river-irwell';

const EXPENSES = {
  en: 'We pay for travel and meals. Keep your receipts.',
  cy: 'Rydym yn talu am deithio a phrydau bwyd. Cadwch eich derbynebau.',
};

const assessed = (reference: string, loneWorking: 'never' | 'with-check-in', equipment: string) => ({
  reference,
  loneWorking,
  equipment,
});

const role = (it: {
  code: string;
  title: { en: string; cy: string };
  tier: 'low' | 'medium' | 'high';
  minimumAge: number;
  whoNormallyDoesThis: string;
  remote?: boolean;
  supervisedOk?: boolean;
  skills?: string[];
  traits?: string[];
  riskAssessment: ReturnType<typeof assessed> | null;
}) => ({
  remote: false,
  supervisedOk: false,
  skills: [],
  traits: [],
  margin: 1.5,
  substitutesPaidPost: false,
  substitutionReason: null,
  expenses: EXPENSES,
  checks: {
    low: ['declaration'],
    medium: ['declaration', 'identity'],
    high: ['declaration', 'identity', 'dbs'],
  }[it.tier],
  ...it,
});

/** Two of each risk: the checks grow with what could go wrong. */
export const ROLES = [
  role({
    code: 'sandbags',
    title: { en: 'Fill and carry sandbags', cy: 'Llenwi a chario bagiau tywod' },
    tier: 'low',
    minimumAge: 18,
    supervisedOk: true,
    whoNormallyDoesThis: 'Council highways staff and residents together',
    riskAssessment: assessed('GM-RA-01', 'never', 'Gloves, boots, high-visibility vest; lifting briefing first'),
  }),
  role({
    code: 'reception-centre',
    title: { en: 'Help at a reception centre', cy: 'Helpu mewn canolfan dderbyn' },
    tier: 'low',
    minimumAge: 16,
    supervisedOk: true,
    whoNormallyDoesThis: 'Council staff on the emergency rota, with volunteers',
    riskAssessment: assessed('GM-RA-02', 'never', 'Name badge; a lead is always on site'),
  }),
  role({
    code: 'deliver-shopping',
    title: { en: 'Deliver shopping and medicine', cy: 'Danfon siopa a meddyginiaeth' },
    tier: 'medium',
    minimumAge: 18,
    supervisedOk: true,
    traits: ['money', 'medicine'],
    whoNormallyDoesThis: 'Nobody; families and neighbours when there is no flood',
    riskAssessment: assessed('GM-RA-03', 'with-check-in', 'Photo card; goods are left at the door'),
  }),
  role({
    code: 'phone-helper',
    title: { en: 'Phone people who are cut off', cy: 'Ffonio pobl sydd wedi eu hynysu' },
    tier: 'medium',
    minimumAge: 18,
    remote: true,
    whoNormallyDoesThis: 'Volunteers of the befriending services',
    riskAssessment: null,
  }),
  role({
    code: 'drive-people',
    title: { en: 'Drive people to safety', cy: 'Gyrru pobl i ddiogelwch' },
    tier: 'high',
    minimumAge: 21,
    skills: ['driving'],
    traits: ['drives-one-person'],
    whoNormallyDoesThis: 'Community transport volunteers',
    riskAssessment: assessed('GM-RA-05', 'with-check-in', 'Own car, insured for voluntary driving; photo card'),
  }),
  role({
    code: 'home-visits',
    title: { en: 'Visit people at home after the flood', cy: 'Ymweld â phobl gartref ar ôl y llifogydd' },
    tier: 'high',
    minimumAge: 18,
    traits: ['in-homes'],
    whoNormallyDoesThis: 'Befriending volunteers of the boroughs',
    riskAssessment: assessed('GM-RA-06', 'with-check-in', 'Photo card; always in pairs'),
  }),
];

const signed = (organisationId: string, signatory: string) => ({ organisationId, signatory, signedOn: '2026-09-14' });

export const PLAN = {
  title: 'River and surface water flooding, Greater Manchester',
  hazard: 'flood',
  publicTitle: { en: 'Greater Manchester floods', cy: 'Llifogydd Manceinion Fwyaf' },
  functions: {
    recruit: signed(organisationOf('Oldham').id, 'L. Ashworth, head of volunteering'),
    vet: signed(ORGANISATIONS[0]!.id, 'P. Nuttall, safeguarding lead'),
    train: signed(organisationOf('Salford').id, 'R. Begum, training manager'),
    deploy: signed(ORGANISATIONS[0]!.id, 'T. Holt, resilience manager'),
  },
  roles: ROLES,
};

export const ACTIVATION = {
  slug: ACTIVATION_SLUG,
  kind: 'actual',
  title: 'Storm and river flooding, all ten boroughs',
  methane: {
    majorIncident: 'yes',
    exactLocation: 'Irwell, Roch, Medlock and Tame valleys',
    typeOfIncident: 'River and surface water flooding after two days of rain',
    hazards: 'Deep moving water, live electricity, contaminated water',
    access: 'A56 and A58 closed in places; M60 open',
    numberOfCasualties: 'None known; about 1,900 homes without power',
    emergencyServices: 'GMFRS, GMP and NWAS on scene; mountain rescue requested',
  },
  areas: [],
} as const;

export const EXERCISE = {
  slug: EXERCISE_SLUG,
  kind: 'exercise',
  title: 'Exercise River Irwell',
  state: 'standby',
  methane: {
    majorIncident: 'standby',
    exactLocation: 'EXERCISE: Irwell at Kersal',
    typeOfIncident: 'EXERCISE: river flooding',
    hazards: '',
    access: '',
    numberOfCasualties: '',
    emergencyServices: '',
  },
  areas: [],
} as const;
