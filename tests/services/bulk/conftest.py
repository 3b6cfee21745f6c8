"""What several tests of bulk jobs compare with."""

from __future__ import annotations

import pytest

from services.client import Client, Picture
from tests.support.bulk_jobs import job_of, plan_of, whole
from tests.support.serving import TINY


@pytest.fixture(scope="package")
def pictures() -> list[bytes]:
    """The files of the job, rendered without any of the bulk code."""
    with Client.local(TINY) as client:
        plan = plan_of(whole(job_of()))
        recipes = [plan.drawn(index).recipe for index in range(3)]
        return [image.data for image in client.sample(latents=recipes, picture=Picture(mark=True))]
