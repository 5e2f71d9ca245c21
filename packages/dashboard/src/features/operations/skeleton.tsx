/** Shaped like the overview. */
export function OverviewSkeleton() {
  return (
    <div aria-hidden="true" className="space-y-4 p-4">
      <div className="h-14 rounded-card bg-surface-2" />
      <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
        {Array.from({ length: 8 }, (_, index) => (
          <div className="h-26 rounded-card bg-surface-2" key={index} />
        ))}
      </div>
      <div className="h-64 rounded-card bg-surface-2" />
    </div>
  )
}
