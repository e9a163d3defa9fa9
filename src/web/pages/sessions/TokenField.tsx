/** Several exact values in one field: each is added with Enter or chosen from those seen before, and taken away by its button. */
import { useId, useState, type KeyboardEvent } from 'react';

interface Props { label: string; values: readonly string[]; known: readonly string[]; change: (values: string[]) => void }

export function TokenField({ label, values, known, change }: Props) {
  const id = useId();
  const [text, setText] = useState('');
  const add = (value: string) => {
    setText('');
    if (value.trim() !== '' && !values.includes(value.trim())) change([...values, value.trim()]);
  };
  const hear = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    add(text);
  };
  return (
    <div className="filter-token-field">
      <label htmlFor={id}>{label}</label>
      <div className="filter-tokens">
        {values.map((value) => (
          <button key={value} type="button" className="filter-token" title="Take this filter away" onClick={() => change(values.filter((one) => one !== value))}>
            <span className="clip">{value}</span><span aria-hidden="true">×</span><span className="visually-hidden"> – take away</span>
          </button>
        ))}
        <input
          id={id} list={`${id}-known`} value={text} placeholder={values.length === 0 ? 'any' : 'or …'} autoComplete="off" spellCheck={false} onKeyDown={hear} onBlur={() => add(text)}
          // What is chosen from the list comes at once, without a key.
          onChange={(event) => (known.includes(event.target.value) && !(event.nativeEvent as InputEvent).inputType?.startsWith('insertText') ? add(event.target.value) : setText(event.target.value))}
        />
      </div>
      <datalist id={`${id}-known`}>{known.filter((one) => !values.includes(one)).map((one) => <option key={one} value={one} />)}</datalist>
    </div>
  );
}
