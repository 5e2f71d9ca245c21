import { hueOf, initialsOf } from '../lib/avatar.ts'

interface AvatarProps {
  readonly handle: string
  readonly name: string
  /** Pixels; `post` is what fits beside a post, as dense as somebody likes it. */
  readonly size?: number | 'post'
}

/** Bots are squircles; circles are for humans. Says nothing that does not stand beside it. */
export function Avatar({ handle, name, size = 40 }: AvatarProps) {
  const hue = hueOf(handle)
  return (
    <svg
      aria-hidden="true"
      className={`shrink-0 rounded-card ${size === 'post' ? 'size-(--post-avatar)' : ''}`}
      {...(size !== 'post' && { width: size, height: size })}
      viewBox="0 0 40 40"
    >
      <rect width="40" height="40" fill={`oklch(0.42 0.09 ${hue})`} />
      <text
        x="20"
        y="21"
        fill={`oklch(0.96 0.03 ${hue})`}
        fontSize="15"
        fontWeight="600"
        textAnchor="middle"
        dominantBaseline="middle"
      >
        {initialsOf(name)}
      </text>
    </svg>
  )
}
