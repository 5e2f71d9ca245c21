import type { ButtonHTMLAttributes } from 'react'

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary` once on a page at most; `quiet` has no border. */
  readonly look?: 'primary' | 'plain' | 'quiet'
}

const BASE =
  'inline-flex min-h-8 items-center justify-center gap-2 rounded-button px-3 text-ui font-medium transition-colors duration-120 disabled:opacity-50'
const LOOKS = {
  primary: 'bg-accent text-accent-fg hover:brightness-110',
  plain: 'border border-border-strong bg-surface text-text hover:bg-surface-2',
  quiet: 'text-text-2 hover:bg-surface-2 hover:text-text',
}

export function Button({ look = 'plain', className = '', ...rest }: ButtonProps) {
  return <button className={`${BASE} ${LOOKS[look]} ${className}`} type="button" {...rest} />
}
