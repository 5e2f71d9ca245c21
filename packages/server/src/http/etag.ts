import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Names a text that is about to be sent by its ETag, and tells whether the caller has it already: that is a 304. */
export function isKnown(text: string, request: FastifyRequest, reply: FastifyReply): boolean {
  return isKnownTag(`"${createHash('sha1').update(text).digest('base64url')}"`, request, reply)
}

/** The same where the tag is known. */
export function isKnownTag(etag: string, request: FastifyRequest, reply: FastifyReply): boolean {
  reply.header('etag', etag)
  const tags = request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags?.some((tag) => tag === etag || tag === '*') === true
}
