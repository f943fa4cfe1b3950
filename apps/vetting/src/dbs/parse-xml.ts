import { XMLParser, XMLValidator } from 'fast-xml-parser';

/** The only way XML comes in (S27): at most 64 kB, no DOCTYPE, no entities of its own, every value a text. */
export class XmlRefused extends Error {
  constructor(readonly why: 'too-large' | 'doctype' | 'malformed') {
    super(why);
    this.name = 'XmlRefused';
  }
}

const MOST = 64 * 1024;
const parser = new XMLParser({
  ignoreAttributes: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
  parseTagValue: false,
  processEntities: false,
  trimValues: true,
});

export function parseXml(text: string): unknown {
  if (Buffer.byteLength(text) > MOST) throw new XmlRefused('too-large');
  if (/<!\s*(DOCTYPE|ENTITY)/i.test(text)) throw new XmlRefused('doctype');
  if (XMLValidator.validate(text) !== true) throw new XmlRefused('malformed');
  return parser.parse(text) as unknown;
}
