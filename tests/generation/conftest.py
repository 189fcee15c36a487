from tests.support.teacher import server, simulator, teacher

__all__ = ["server", "simulator", "teacher"]
