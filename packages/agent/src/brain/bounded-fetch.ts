/** What came was longer than anybody wants to read. */
export class TooLong extends Error {
  override readonly name = 'TooLong'
}

/** The address sends one elsewhere, where a key must not follow. */
export class Redirected extends Error {
  override readonly name = 'Redirected'
}

/** A `fetch` that follows no redirect and reads at most so many bytes, counted after decompression. */
export function boundedFetch(fetch: typeof globalThis.fetch, maxBytes: number): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: 'error' }).catch((error: unknown) => {
      throw isRedirect(error) ? new Redirected('redirected') : error
    })
    const { status, statusText, headers } = response
    const body = await readBody(response, maxBytes)
    // Some statuses must not have a body, not even an empty one.
    return new Response(body.length > 0 ? body : null, { status, statusText, headers })
  }
}

async function readBody({ body }: Response, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.length
    // Leaving the loop ends the connection.
    if (length > maxBytes) throw new TooLong('too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function isRedirect(error: unknown): boolean {
  const cause = error instanceof TypeError ? error.cause : undefined
  return cause instanceof Error && /redirect/i.test(cause.message)
}
