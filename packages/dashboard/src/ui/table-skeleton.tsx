/** Where rows of a table will be. */
export function TableSkeleton({ rows = 8 }: { readonly rows?: number }) {
  return Array.from({ length: rows }, (_, index) => (
    <div aria-hidden="true" className="flex items-center gap-6 border-b border-border px-4 py-3" key={index}>
      <div className="h-3 w-1/4 rounded-input bg-surface-2" />
      <div className="h-3 flex-1 rounded-input bg-surface-2" />
      <div className="h-3 w-16 rounded-input bg-surface-2" />
    </div>
  ))
}
