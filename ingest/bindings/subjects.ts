/** Between the enterprises that one record is about: in no id, as ids are texts of sources. */
const BETWEEN = '\u001f'

/** The subject of a record that several enterprises share, as the record index keeps it. */
export function joinSubjects(subjects: Iterable<string>): string {
  return [...subjects].join(BETWEEN)
}

/** The enterprises that a record is about: nearly always one. */
export function splitSubjects(subject: string): readonly string[] {
  return subject.split(BETWEEN)
}
