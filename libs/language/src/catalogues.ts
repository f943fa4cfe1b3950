import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import i18next, { type i18n, type TFunction } from 'i18next';
import { differences } from './differences.js';

export type Language = 'en' | 'cy';
export const LANGUAGES: readonly Language[] = ['en', 'cy'];
export type Params = Record<string, unknown>;

type Tree = { [key: string]: string | Tree };

/** All words of an app: `<folder>/{en,cy}/<capability>.json`, addressed as `<capability>.<path>`. */
export class Catalogues {
  readonly #speakers: Record<Language, TFunction>;
  readonly #i18n: i18n;
  /** What has no placeholder is said as it stands: most of what a surge writes. */
  readonly #plain: Record<Language, ReadonlyMap<string, string>>;

  private constructor(trees: Record<Language, Tree>) {
    this.#i18n = i18next.createInstance();
    void this.#i18n.init({
      resources: { en: { words: trees.en }, cy: { words: trees.cy } },
      defaultNS: 'words',
      fallbackLng: false,
      initAsync: false,
      returnNull: false,
      // Values are data: filled in one pass, never read as a key or a placeholder again; each channel escapes at its own edge.
      interpolation: { escapeValue: false, skipOnVariables: true },
    });
    this.#plain = { en: plainIn(trees.en), cy: plainIn(trees.cy) };
    this.#speakers = { en: this.#i18n.getFixedT('en'), cy: this.#i18n.getFixedT('cy') };
  }

  /** Reads the folders (paths or file URLs); the app refuses to start on a key, or a placeholder, that stands in one language only. */
  static load(folders: readonly (string | URL)[]): Catalogues {
    const trees: Record<Language, Tree> = { en: {}, cy: {} };
    for (const given of folders) {
      const folder = given instanceof URL || given.startsWith('file:') ? fileURLToPath(given) : given;
      for (const language of LANGUAGES) {
        const of = join(folder, language);
        if (!existsSync(of)) continue;
        for (const file of readdirSync(of).filter((name) => name.endsWith('.json'))) {
          const capability = file.slice(0, -'.json'.length);
          if (capability in trees[language]) throw new Error(`two catalogues are called ${language}/${file}`);
          trees[language][capability] = JSON.parse(readFileSync(join(of, file), 'utf8')) as Tree;
        }
      }
    }
    const unequal = differences(trees.en, trees.cy);
    if (unequal.length > 0) throw new Error(`catalogues differ between en and cy: ${unequal.join('; ')}`);
    return new Catalogues(trees);
  }

  /** The words; `params.count` chooses the plural. An unknown key throws: a missing word is a defect, not a text. */
  say(language: Language, key: string, params: Params = {}): string {
    const plain = params.count === undefined ? this.#plain[language].get(key) : undefined;
    if (plain !== undefined) return plain;
    const said = this.#speakers[language](key, { ...params, nest: false, returnObjects: false, defaultValue: MISSING });
    if (said === MISSING) throw new Error(`no words for ${language} ${key}`);
    return said;
  }

  has(language: Language, key: string): boolean {
    return this.#i18n.exists(key, { lng: language });
  }
}

/** By its path; what refers to a value, or to other words, is left to the speaker. */
const plainIn = (tree: Tree, path = ''): Map<string, string> =>
  new Map(
    Object.entries(tree).flatMap(([name, words]) =>
      typeof words !== 'string'
        ? [...plainIn(words, `${path}${name}.`)]
        : /\{\{|\$t\(/.test(words)
          ? []
          : [[`${path}${name}`, words] as const],
    ),
  );

const MISSING = '\u0000missing';
