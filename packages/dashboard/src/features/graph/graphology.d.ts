/** One step of the layout on plain numbers; the package declares its other entries only. */
declare module 'graphology-layout-forceatlas2/iterate.js' {
  import type { ForceAtlas2Settings } from 'graphology-layout-forceatlas2'

  export default function iterate(
    settings: Required<ForceAtlas2Settings>,
    nodes: Float32Array,
    edges: Float32Array,
  ): void
}

/** What the package exports is the function itself; its own declaration has that as `default.default`. */
declare module 'graphology-communities-louvain' {
  import type { AbstractGraph } from 'graphology-types'

  export default function louvain(
    graph: AbstractGraph,
    options: { readonly rng: () => number; readonly getEdgeWeight: string },
  ): Record<string, number>
}
