type Tree = { [key: string]: string | Tree };

/** Plural forms differ by language (English two, Welsh up to six), so the stem is compared. */
const PLURAL = /_(zero|one|two|few|many|other)$/;
const PLACEHOLDER = /\{\{\s*([^},\s]+)[^}]*\}\}/g;

/** Stem of each key → the placeholders used in any of its forms. */
const leaves = (tree: Tree, path = '', found = new Map<string, Set<string>>()): Map<string, Set<string>> => {
  for (const [name, value] of Object.entries(tree)) {
    const at = path ? `${path}.${name}` : name;
    if (typeof value !== 'string') {
      leaves(value, at, found);
      continue;
    }
    const stem = at.replace(PLURAL, '');
    const used = found.get(stem) ?? new Set<string>();
    for (const [, placeholder] of value.matchAll(PLACEHOLDER)) used.add(placeholder!);
    found.set(stem, used);
  }
  return found;
};

/** What stands in one language only: keys, and placeholders of equal keys. Empty when the two say the same things. */
export const differences = (en: Tree, cy: Tree): string[] => {
  const english = leaves(en);
  const welsh = leaves(cy);
  const found: string[] = [];
  for (const key of new Set([...english.keys(), ...welsh.keys()])) {
    const [left, right] = [english.get(key), welsh.get(key)];
    if (!left || !right) {
      found.push(`${key} is missing in ${left ? 'cy' : 'en'}`);
      continue;
    }
    const oneSided = [...left, ...right].filter((name) => !(left.has(name) && right.has(name)));
    for (const name of oneSided) found.push(`${key} has {{${name}}} in one language only`);
  }
  return found;
};
