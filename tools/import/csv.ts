/** Something wrong in a file, at a place that a person can find. */
export interface Fault {
  readonly line: number;
  /** 1 for the first field of the line. */
  readonly column: number;
  readonly says: string;
}

export interface Row {
  readonly line: number;
  readonly fields: readonly string[];
}

const MAX_FIELD = 10_000;

export class CsvFault extends Error {
  constructor(readonly fault: Fault) {
    super(`line ${fault.line}, column ${fault.column}: ${fault.says}`);
  }
}

/** RFC 4180, streamed: quotes, doubled quotes, line ends in quotes; a byte-order mark is skipped, empty lines too. */
export async function* rowsOf(chunks: AsyncIterable<string>): AsyncGenerator<Row> {
  let fields: string[] = [];
  let field = '';
  let state: 'start' | 'bare' | 'quoted' | 'quote-in-quoted' = 'start';
  let line = 1;
  let startedAt = 1;
  let first = true;

  const endField = (): void => {
    fields.push(field);
    field = '';
    state = 'start';
  };
  const endRow = (): Row | null => {
    endField();
    const row = { line: startedAt, fields };
    fields = [];
    return row.fields.length === 1 && row.fields[0]!.trim() === '' ? null : row;
  };

  for await (const chunk of chunks) {
    for (const char of first ? chunk.replace(/^\uFEFF/, '') : chunk) {
      if (state === 'quoted') {
        if (char === '"') state = 'quote-in-quoted';
        else {
          if (char === '\n') line += 1;
          field += char;
          if (field.length > MAX_FIELD) throw new CsvFault({ line, column: fields.length + 1, says: 'is too long' });
        }
      } else if (char === '\n') {
        const row = endRow();
        line += 1;
        startedAt = line;
        if (row) yield row;
      } else if (char === '\r') continue;
      else if (char === ',') endField();
      else if (char === '"') {
        if (state === 'quote-in-quoted') {
          field += '"';
          state = 'quoted';
        } else if (state === 'start') state = 'quoted';
        else throw new CsvFault({ line, column: fields.length + 1, says: 'has a quotation mark inside a bare field' });
      } else {
        if (state === 'quote-in-quoted')
          throw new CsvFault({ line, column: fields.length + 1, says: 'goes on after its closing quotation mark' });
        state = 'bare';
        field += char;
        if (field.length > MAX_FIELD) throw new CsvFault({ line, column: fields.length + 1, says: 'is too long' });
      }
    }
    first = false;
  }
  if ((state as string) === 'quoted')
    throw new CsvFault({ line: startedAt, column: fields.length + 1, says: 'has no closing quotation mark' });
  if (fields.length > 0 || field !== '' || (state as string) !== 'start') {
    const row = endRow();
    if (row) yield row;
  }
}
