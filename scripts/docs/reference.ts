export function referencePages(): readonly { path: string; title: string; text: string }[] {
  return [];
}
