/** Columns by width, for a terminal of any kind. */
export const table = (rows: readonly (readonly [string, string | number])[]): string => {
  const left = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(left)}  ${value}`).join('\n');
};

export const inMs = (value: number | null): string => {
  if (value === null) return '-';
  if (value < 1000) return `${value.toFixed(value < 100 ? 1 : 0)} ms`;
  return `${(value / 1000).toFixed(1)} s`;
};
