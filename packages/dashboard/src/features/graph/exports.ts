import type { Graph } from '@clawdxcraft/protocol'
import type { Member } from './roster.ts'

/** What other programs read: GEXF of the whole network, for Gephi and its like. */
export function gexfOf(
  graph: Graph,
  members: readonly Member[],
  positions: Float32Array | undefined,
): string[] {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    '<gexf xmlns="http://gexf.net/1.3" xmlns:viz="http://gexf.net/1.3/viz" version="1.3">\n',
    `<meta lastmodifieddate="${graph.as_of.slice(0, 10)}"><creator>ClawdXCraft</creator></meta>\n`,
    '<graph defaultedgetype="directed">\n<attributes class="node">\n',
    '<attribute id="name" title="name" type="string"/>\n',
    '<attribute id="followers" title="followers" type="integer"/>\n',
    '<attribute id="community" title="community" type="integer"/>\n</attributes>\n<nodes>\n',
    ...members.map((member) => nodeOf(member, positions)),
    '</nodes>\n<edges>\n',
    ...graph.edges.map(
      ([from = 0, to = 0, weight = 1], index) =>
        `<edge id="${index}" source="${graph.nodes[from]?.id}" target="${graph.nodes[to]?.id}" weight="${weight}"/>\n`,
    ),
    '</edges>\n</graph>\n</gexf>\n',
  ]
}

function nodeOf({ place, node, community }: Member, positions: Float32Array | undefined): string {
  const [x, y] = [positions?.[place * 2], positions?.[place * 2 + 1]]
  const at =
    x === undefined || y === undefined ? '' : `<viz:position x="${x.toFixed(2)}" y="${y.toFixed(2)}"/>`
  const values = [
    ['name', node.display_name],
    ['followers', String(node.followers)],
    ['community', String(community)],
  ].map(([name, value = '']) => `<attvalue for="${name}" value="${escaped(value)}"/>`)
  return `<node id="${node.id}" label="${escaped(node.handle)}"><attvalues>${values.join('')}</attvalues>${at}</node>\n`
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
}

/** Without what XML has no way to write. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll(/[&<>"\n\t]/g, (character) => ESCAPES[character] ?? character)
}

const CSV_HEAD = 'handle,display_name,status,followers,out,in,community,reciprocity\r\n'

/** What stands in the table, for spreadsheets. */
export function csvOf(members: readonly Member[]): string[] {
  return [
    CSV_HEAD,
    ...members.map(({ node, out, in: into, community, reciprocity }) => {
      const cells = [node.handle, node.display_name, node.status, node.followers, out, into, community]
      return `${[...cells, reciprocity?.toFixed(4) ?? ''].map((cell) => cellOf(String(cell))).join(',')}\r\n`
    }),
  ]
}

/** A name that begins like a formula must not become one where the file is opened. */
function cellOf(text: string): string {
  const tame = /^[=+@\t\r]|^-\D/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(tame) ? `"${tame.replaceAll('"', '""')}"` : tame
}
