import type { AskedRoute } from './use-answer.js';

interface Props {
  readonly value: AskedRoute;
  readonly onChange: (route: AskedRoute) => void;
}

const choices: readonly { route: AskedRoute; text: string; meaning: string }[] = [
  { route: 'auto', text: 'Policy', meaning: 'The student if it is sure enough, else the teacher' },
  { route: 'student', text: 'Student', meaning: 'The student, however sure it is' },
  { route: 'teacher', text: 'Teacher', meaning: 'The teacher, at its price' },
];

/** Who has to answer what is drawn. */
export function RouteChoice({ value, onChange }: Props) {
  return (
    <fieldset class="choice">
      <legend>Who answers</legend>
      {choices.map(({ route, text, meaning }) => (
        <label key={route} class="choice-option" title={meaning}>
          <input
            type="radio"
            name="asked-route"
            checked={route === value}
            onChange={() => onChange(route)}
          />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}
