import type { LucideIcon } from 'lucide-react'
import type { ButtonHTMLAttributes } from 'react'

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> {
  readonly icon: LucideIcon
  /** What it does, for those who do not see the icon and those who wonder. */
  readonly label: string
}

export function IconButton({ icon: Icon, label, className = '', ...rest }: IconButtonProps) {
  return (
    <button
      aria-label={label}
      className={`inline-flex size-8 shrink-0 items-center justify-center rounded-button text-text-2 transition-colors duration-120 hover:bg-surface-2 hover:text-text disabled:opacity-40 max-md:size-11 ${className}`}
      title={label}
      type="button"
      {...rest}
    >
      <Icon aria-hidden="true" size={16} strokeWidth={1.75} />
    </button>
  )
}
