"""From a plan to stored marks: plan, prompt, parse (all pure) and the engine that runs them."""
