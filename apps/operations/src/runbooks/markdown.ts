/** The little of Markdown that runbooks use; everything stays text, and the page escapes it. */
export type Block =
  | { readonly is: 'heading'; readonly level: number; readonly text: string }
  | { readonly is: 'paragraph'; readonly text: string }
  | { readonly is: 'list'; readonly ordered: boolean; readonly items: readonly string[] }
  | { readonly is: 'code'; readonly text: string };

export function readMarkdown(text: string): Block[] {
  const blocks: Block[] = [];
  for (const chunk of chunks(text)) {
    const [first = ''] = chunk;
    const heading = /^(#{1,4}) (.+)$/.exec(first);
    if (heading) blocks.push({ is: 'heading', level: heading[1]!.length, text: plain(heading[2]!) });
    else if (first.startsWith('```')) blocks.push({ is: 'code', text: chunk.slice(1, -1).join('\n') });
    else if (/^(-|[0-9]+\.) /.test(first)) {
      blocks.push({ is: 'list', ordered: !first.startsWith('-'), items: items(chunk) });
    } else blocks.push({ is: 'paragraph', text: plain(chunk.join(' ')) });
  }
  return blocks;
}

function chunks(text: string): string[][] {
  const found: string[][] = [];
  let chunk: string[] = [];
  let fenced = false;
  const end = (): void => {
    if (chunk.length > 0) found.push(chunk);
    chunk = [];
  };
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('```')) {
      if (!fenced) end();
      chunk.push(line);
      fenced = !fenced;
      if (!fenced) end();
    } else if (fenced) chunk.push(line);
    else if (line.trim() === '') end();
    else if (line.startsWith('#')) {
      end();
      found.push([line]);
    } else chunk.push(line);
  }
  end();
  return found;
}

/** A line that does not begin an item goes on with the one before. */
function items(lines: readonly string[]): string[] {
  const found: string[] = [];
  for (const line of lines) {
    const [, text] = /^(?:-|[0-9]+\.) (.*)$/.exec(line) ?? [];
    if (text !== undefined) found.push(text);
    else found.push(`${found.pop() ?? ''} ${line.trim()}`);
  }
  return found.map(plain);
}

const plain = (text: string): string => text.replaceAll(/[`*]/g, '').replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1');
