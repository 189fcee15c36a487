-- The `checks` of question `o` after the changes `c` made it `n`. `edited`: all fields that were changed so far.
-- `removed`: the texts that were deleted because they argued for another key. `unconfirmed`: the texts that were
-- written for an earlier wording. A field in `c` leaves the last two lists. If the edit changed a checked field, the
-- findings of the old wording are deleted, `judgement` holds the findings of the new one, and one more finding says
-- that no model has solved it.
create or replace function public.edited_checks(
  o public.test_question, n public.test_question, c jsonb, judgement jsonb
) returns jsonb
language plpgsql immutable set search_path = '' as $$
declare
  edited text[];
  removed text[];
  unconfirmed text[];
  judged text;
  findings jsonb := o.checks -> 'findings';
begin
  select array_agg(distinct e.name) into edited
  from (
    select jsonb_array_elements_text(o.checks -> 'edited') as name
    union all select key from jsonb_each(c) where value is distinct from to_jsonb(o) -> key
  ) e;
  select array_agg(distinct r.name) into removed
  from (
    select jsonb_array_elements_text(o.checks -> 'removed') as name
    union all select 'explanation' where o.explanation <> '' and n.explanation = ''
    union all select 'quote' where o.quote <> '' and n.quote = ''
    union all select 'why_wrong.' || w.key from jsonb_each(o.why_wrong) w where not exists (
      select from jsonb_array_elements_text(n.options) with ordinality a (option, at)
      where a.option = o.options ->> ascii(w.key) - 65 and n.why_wrong ? chr(64 + a.at::int))
  ) r
  where not c ? r.name and not coalesce(c -> 'why_wrong' ? split_part(r.name, '.', 2), false);
  select array_agg(distinct u.name) into unconfirmed
  from (
    select jsonb_array_elements_text(o.checks -> 'unconfirmed') as name
    union all select unnest(array['explanation', 'quote', 'why_wrong']) where n.question <> o.question
  ) u
  where not c ? u.name and to_jsonb(n) ->> u.name not in ('', '{}');
  select string_agg(name, ', ') into judged
  from unnest(edited) name where name in ('question', 'prompts', 'options', 'correct_option');
  judgement := nullif(judgement, 'null');
  if judgement is not null and judged is not null then
    findings := judgement || jsonb_build_object(
      'code', 'edited', 'blocking', false,
      'message', 'Edited since other models solved it: ' || judged || '. The checks by code were made again; POST '
        || format('/tests/%s/questions/%s/check', o.test_id, o.id) || ' has the models solve it again.');
  end if;
  return o.checks - 'removed' - 'unconfirmed' - case when judgement is null or judged is null then '' else 'blind' end || jsonb_strip_nulls(jsonb_build_object(
    'findings', findings, 'edited', edited, 'removed', removed, 'unconfirmed', unconfirmed));
end $$;
