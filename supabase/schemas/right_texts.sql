-- The key of a question without its letters: the texts of the right options, or the pairs of a matching question.
create or replace function public.right_texts(q public.test_question) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_agg(r.said order by r.said)
  from (
    select concat_ws(' = ', q.prompts ->> left(part, 1)::int - 1, q.options ->> ascii(right(part, 1)) - 65) as said
    from unnest(string_to_array(q.correct_option, ',')) part where q.kind = 'matching'
    union all
    select q.options ->> ascii(part) - 65 from unnest(string_to_array(q.correct_option, ',')) part where q.kind <> 'matching'
  ) r;
$$;
