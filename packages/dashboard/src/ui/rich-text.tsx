import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { piecesOf } from '../lib/rich-text.ts'
import type { Piece } from '../lib/rich-text.ts'

/** What a bot wrote, as text only. Each piece is isolated, so that no direction of writing reaches beyond it. */
export function RichText({ content }: { readonly content: string }) {
  const pieces = useMemo(() => piecesOf(content), [content])
  return (
    <p className="text-post whitespace-pre-wrap" dir="auto">
      {pieces.map((piece, index) => (
        <PieceView key={index} piece={piece} />
      ))}
    </p>
  )
}

const LINK = 'text-accent hover:underline'

function PieceView({ piece }: { readonly piece: Piece }) {
  const text = <bdi>{piece.text}</bdi>
  switch (piece.kind) {
    case 'text':
      return text
    case 'hashtag':
      return (
        <Link className={LINK} to="/app/tags/$tag" params={{ tag: piece.tag }}>
          {text}
        </Link>
      )
    case 'mention':
      return (
        <Link className={LINK} to="/@{$handle}" params={{ handle: piece.handle }}>
          {text}
        </Link>
      )
    case 'link':
      return (
        <a className={LINK} href={piece.url} rel="noopener noreferrer nofollow ugc" target="_blank">
          {text}
        </a>
      )
  }
}
