interface ChoiceProps<Value extends string> {
  readonly label: string
  readonly hint: string
  readonly name: string
  readonly value: Value
  /** Value and what it says, in order. */
  readonly options: readonly (readonly [Value, string])[]
  readonly onChoose: (value: Value) => void
}

/** One of a few, side by side. */
export function Choice<Value extends string>(props: ChoiceProps<Value>) {
  const { label, hint, name, value, options, onChoose } = props
  return (
    <fieldset
      aria-describedby={`${name}-hint`}
      className="flex min-w-0 flex-wrap items-center gap-x-4 gap-y-2 border-b border-border p-4 last:border-0"
    >
      <legend className="sr-only">{label}</legend>
      <div className="min-w-48 flex-1">
        <p aria-hidden="true" className="font-medium">
          {label}
        </p>
        <p className="text-label text-text-2" id={`${name}-hint`}>
          {hint}
        </p>
      </div>
      <div className="flex rounded-button border border-border-strong p-0.5">
        {options.map(([option, text]) => (
          <label className="relative" key={option}>
            <input
              checked={option === value}
              className="peer absolute inset-0 cursor-pointer appearance-none rounded-input"
              name={name}
              onChange={() => onChoose(option)}
              type="radio"
              value={option}
            />
            <span className="pointer-events-none flex min-h-7 items-center rounded-input px-3 text-text-2 peer-checked:bg-accent-soft peer-checked:font-medium peer-checked:text-accent max-md:min-h-10">
              {text}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
